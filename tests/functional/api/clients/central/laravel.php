<?php
// The two calls of the Laravel samples. Prints where the visitor is redirected to.
// Arguments: which sample, the address to call, the page to go to, the tenant.
// LARAVEL=1: with Laravel's own client (Debian's php-laravel-framework), else with a stand-in.
if (getenv('LARAVEL') === '1') {
    require 'Illuminate/autoload.php';
    require_once 'GuzzleHttp/autoload.php';
    $client = new Illuminate\Http\Client\Factory();
    $withHeaders = fn (array $headers): object => $client->withHeaders($headers);
} else {
    require __DIR__ . '/http.php';
    $withHeaders = Http::withHeaders(...);
}

[, $sample, $address, $redirectUrl, $tenant] = $argv;
$user = ['email' => 'cleo@customer.test', 'name' => 'Cleo Customer'];

if ($sample === 'controller') {
    // The controller sends no keys, and takes a redirect or the address in the JSON.
    $response = $withHeaders([
        'Accept' => 'application/json',
        'Content-Type' => 'application/json',
    ])->post($address, [
        'email' => $user['email'],
        'name' => $user['name'],
        'redirect_url' => $redirectUrl,
    ]);
    if ($response->redirect()) {
        echo $response->header('Location');
    } elseif (isset($response->json()['redirect_url'])) {
        echo $response->json()['redirect_url'];
    } else {
        echo '500 Invalid API response';
    }
} else {
    // To a ticket: with keys and the tenant, and on to whatever the header says.
    $response = $withHeaders([
        'X-API-Key' => getenv('TICKET_API_KEY'),
        'X-API-Secret' => getenv('TICKET_API_SECRET'),
    ])->post($address, [
        'email' => $user['email'],
        'name' => $user['name'],
        'tenant' => $tenant,
        'redirect_url' => $redirectUrl,
    ]);
    echo $response->header('Location');
}
