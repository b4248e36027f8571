<?php

use App\Providers\Customers;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Route;

Route::middleware('web')->group(function () {
    Route::get('/', fn () => view('home'));
    Route::get('/login', fn () => view('login', ['customers' => Customers::ROWS]))->name('login');
    Route::post('/login', function (Request $request) {
        Auth::loginUsingId($request->input('customer'));

        return redirect()->intended('/');
    });
    Route::post('/logout', function (Request $request) {
        Auth::logout();
        $request->session()->invalidate();

        return redirect('/');
    });
});
