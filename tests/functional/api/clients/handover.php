<?php
// A tenant's server, as the vendor's PHP sample does it: cURL, no redirects followed, the status
// compared with 302 and the address cut out of the raw headers.
// Arguments: the address to call, the body. Keys come from the environment, if any.

$headers = ['Content-Type: application/json', 'Accept: application/json'];
if (getenv('API_KEY') !== false) {
    $headers[] = 'X-API-Key: ' . getenv('API_KEY');
    $headers[] = 'X-API-Secret: ' . getenv('API_SECRET');
}
$call = curl_init($argv[1]);
curl_setopt_array($call, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_POST => true,
    CURLOPT_HTTPHEADER => $headers,
    CURLOPT_POSTFIELDS => $argv[2],
    CURLOPT_FOLLOWLOCATION => getenv('FOLLOW') === '1',
    CURLOPT_HEADER => true,
]);
$raw = curl_exec($call);
$status = curl_getinfo($call, CURLINFO_HTTP_CODE);
$location = preg_match_all('/Location: (.+)/', $raw, $found) ? trim(end($found[1])) : null;
$body = json_decode(substr($raw, curl_getinfo($call, CURLINFO_HEADER_SIZE)), true);
echo json_encode(['status' => $status, 'location' => $location, 'body' => $body]);
