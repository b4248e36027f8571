<?php
// The plain PHP sample of Central Tickets: it calls the address it was given, wants a 302, and
// cuts the next address out of the raw headers.
//
// As it is printed it collects the two keys and never sends them. SEND_KEYS=1 mends that.
session_start();
if (!isset($_SESSION['user_id'])) {
    header('Location: /login?return=' . urlencode($_SERVER['REQUEST_URI']));
    exit;
}
$user = getUserById($_SESSION['user_id']);
$redirectUrl = $_GET['redirect_url'] ?? '';
$callbackApi = $_GET['callback_api'] ?? '';
$tenantSlug = $_GET['tenant'] ?? '';
if (empty($redirectUrl) || empty($callbackApi)) {
    die('Invalid SSO request');
}
$body = ['email' => $user['email'], 'name' => $user['name'], 'redirect_url' => $redirectUrl];
$keys = [
    'X-API-Key' => getenv('TICKET_SYSTEM_API_KEY'),
    'X-API-Secret' => getenv('TICKET_SYSTEM_API_SECRET'),
];
$headers = ['Content-Type: application/json', 'Accept: application/json'];
if (getenv('SEND_KEYS') === '1') {
    foreach ($keys as $name => $value) {
        $headers[] = "$name: $value";
    }
}
$call = curl_init($callbackApi);
curl_setopt_array($call, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_POST => true,
    CURLOPT_HTTPHEADER => $headers,
    CURLOPT_POSTFIELDS => json_encode($body),
    CURLOPT_FOLLOWLOCATION => false,
    CURLOPT_HEADER => true,
]);
$answer = curl_exec($call);
if (curl_getinfo($call, CURLINFO_HTTP_CODE) === 302) {
    preg_match('/Location: (.+)/', $answer, $found);
    if (isset($found[1])) {
        header('Location: ' . trim($found[1]));
        exit;
    }
}
die('Authentication failed');
