<?php
// The PHP sample that signs a token by hand, from what `POST /api/v2/tickets` answered (on the
// standard input). Prints where the visitor is redirected to.
$redirect = json_decode(stream_get_contents(STDIN), true)['data']['sso_redirect'];
$encode = fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');

$header = $encode(json_encode(['alg' => 'HS256', 'typ' => 'JWT']));
$payload = $encode(json_encode([
    'email' => $redirect['jwt_payload']['email'],
    'name' => $redirect['jwt_payload']['name'],
    'role' => 'user',
    'redirect_url' => $redirect['jwt_payload']['redirect_url'],
    'iat' => time(),
    'exp' => time() + 120,
    'jti' => uniqid('sso_', true),
]));
$signature = $encode(hash_hmac('sha256', "$header.$payload", getenv('JWT_SECRET'), true));
echo "{$redirect['callback_url']}?token=$header.$payload.$signature";
