<?php
// The PHP sample of Issuely. Prints the address.
// Arguments: the host, the company's ID, the visitor's address.

// What Firebase\JWT\JWT::encode makes of this call.
final class JWT
{
    public static function encode(array $payload, string $key, string $algorithm): string
    {
        $part = fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
        $json = fn (array $value): string => json_encode($value, JSON_UNESCAPED_SLASHES);
        $signed = $part($json(['typ' => 'JWT', 'alg' => $algorithm])) . '.' . $part($json($payload));
        return $signed . '.' . $part(hash_hmac('sha256', $signed, $key, true));
    }
}

[, $host, $company, $email] = $argv;
$payload = [
    'companyId' => $company,
    'email' => $email,
    'name' => 'Jane Smith',
    'role' => 'CUSTOMER',
    'iat' => time(),
    'exp' => time() + 300,
];
echo $host . '/api/auth/sso?token=' . JWT::encode($payload, getenv('ISSUELY_SSO_SECRET'), 'HS256');
