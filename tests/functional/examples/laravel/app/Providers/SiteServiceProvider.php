<?php

namespace App\Providers;

use Illuminate\Auth\GenericUser;
use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Contracts\Auth\UserProvider;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\ServiceProvider;

class SiteServiceProvider extends ServiceProvider
{
    public function boot(): void
    {
        Auth::provider('customers', fn () => new Customers());
        require base_path('routes/web.php');
        require base_path('routes/portal.php');
        Route::getRoutes()->refreshNameLookups();
    }
}

/** The accounts of the company: two, without passwords. */
class Customers implements UserProvider
{
    public const ROWS = [
        '1001' => ['id' => '1001', 'email' => 'cleo@customer.test', 'name' => 'Cleo Customer'],
        '1002' => ['id' => '1002', 'email' => 'marta@northwind.example', 'name' => 'Marta Lindqvist'],
    ];

    public function retrieveById($identifier): ?Authenticatable
    {
        $row = self::ROWS[$identifier] ?? null;

        return $row === null ? null : new GenericUser($row + ['remember_token' => null]);
    }

    public function retrieveByToken($identifier, $token): ?Authenticatable
    {
        return null;
    }

    public function updateRememberToken(Authenticatable $user, $token): void
    {
    }

    public function retrieveByCredentials(array $credentials): ?Authenticatable
    {
        return null;
    }

    public function validateCredentials(Authenticatable $user, array $credentials): bool
    {
        return false;
    }
}
