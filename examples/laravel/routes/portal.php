<?php

use App\Http\Controllers\PortalController;
use Illuminate\Support\Facades\Route;

// `verified`: the help desk believes you, so only a confirmed e-mail address goes into a token.
Route::middleware(['web', 'auth', 'verified'])->group(function () {
    Route::get('/support', [PortalController::class, 'support'])->name('portal.support');
    Route::get('/ticket', [PortalController::class, 'ticketForm'])->name('portal.ticket');
    Route::post('/ticket', [PortalController::class, 'openTicket']);
});

Route::middleware('web')->get('/signed-out', [PortalController::class, 'signedOut']);
