<?php
// Signs customers in to the help desk and opens tickets for them.
// Copy this file into a site of your own: signInToken() and openTicket() are all it takes.

declare(strict_types=1);

final class Portal
{
    /** The browser brings the token over at once: two minutes forgive a clock that is a little off. */
    private const TOKEN_SECONDS = 120;

    private function __construct(
        private readonly string $url,
        public readonly string $callbackUrl,
        private readonly string $tenant,
        private readonly string $keyId,
        #[SensitiveParameter] private readonly string $signingKey,
        private readonly string $apiKey,
        #[SensitiveParameter] private readonly string $apiSecret,
    ) {
    }

    /** @throws RuntimeException with a sentence that names what is missing */
    public static function fromEnvironment(): self
    {
        $names = ['PORTAL_URL', 'PORTAL_CALLBACK_URL', 'PORTAL_TENANT', 'PORTAL_SIGNING_KEY',
            'PORTAL_API_KEY', 'PORTAL_API_SECRET'];
        $missing = array_filter($names, fn (string $name): bool => trim((string) getenv($name)) === '');
        if ($missing !== []) {
            throw new RuntimeException(
                'Not set in the environment: ' . implode(', ', $missing) . '. See .env.example.'
            );
        }
        // Whoever reads a token on its way can use it first.
        if (!preg_match('~^https://|^http://(localhost|127\.0\.0\.1)[:/]~', getenv('PORTAL_CALLBACK_URL'))) {
            throw new RuntimeException('PORTAL_CALLBACK_URL must begin with https:// (except on localhost).');
        }
        return new self(
            url: rtrim(getenv('PORTAL_URL'), '/'),
            callbackUrl: getenv('PORTAL_CALLBACK_URL'),
            tenant: getenv('PORTAL_TENANT'),
            keyId: (string) getenv('PORTAL_KEY_ID'),
            signingKey: getenv('PORTAL_SIGNING_KEY'),
            apiKey: getenv('PORTAL_API_KEY'),
            apiSecret: getenv('PORTAL_API_SECRET'),
        );
    }

    /**
     * A JSON Web Token (RFC 7519) that signs this customer in, once, within two minutes.
     *
     * Make it at the click, and only for an e-mail address that you have verified: the help desk
     * believes you. $redirectUrl may come from a request as it is. The help desk opens only its own
     * pages and those its settings list, and the signature keeps it from being changed on the way.
     *
     * @param array{id: string, email: string, name: string} $customer
     */
    public function signInToken(array $customer, string $redirectUrl = ''): string
    {
        $header = ['alg' => 'HS256', 'typ' => 'JWT'];
        if ($this->keyId !== '') {
            $header['kid'] = $this->keyId;
        }
        $claims = [
            'email' => $customer['email'],
            'name' => $customer['name'],
            'external_user_id' => $customer['id'],
            'tenant' => $this->tenant,
            'iat' => time(),
            'exp' => time() + self::TOKEN_SECONDS,
            'jti' => bin2hex(random_bytes(16)), // never the same twice: it makes the token work once
        ];
        if ($redirectUrl !== '') {
            $claims['redirect_url'] = $redirectUrl;
        }
        $signed = self::base64url(self::json($header)) . '.' . self::base64url(self::json($claims));
        return $signed . '.' . self::base64url(hash_hmac('sha256', $signed, $this->signingKey, true));
    }

    /**
     * Opens a ticket in the customer's name and gives its number.
     *
     * $idempotencyKey is one for each form that was shown: a form sent twice opens one ticket.
     *
     * @param array{id: string, email: string, name: string} $customer
     * @throws PortalRefused when the help desk says no, or nothing
     */
    public function openTicket(
        array $customer,
        string $title,
        string $description,
        string $idempotencyKey,
    ): int {
        $call = curl_init("{$this->url}/api/v2/tickets");
        curl_setopt_array($call, [
            CURLOPT_POSTFIELDS => self::json([
                'email' => $customer['email'],
                'name' => $customer['name'],
                'external_user_id' => $customer['id'],
                'title' => $title,
                'description' => $description,
            ]),
            CURLOPT_HTTPHEADER => [
                'Content-Type: application/json',
                'Accept: application/json',
                "X-API-Key: {$this->apiKey}",
                "X-API-Secret: {$this->apiSecret}",
                "Idempotency-Key: {$idempotencyKey}",
            ],
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => 30,
        ]);
        $body = curl_exec($call);
        $status = curl_getinfo($call, CURLINFO_RESPONSE_CODE);
        $answer = json_decode((string) $body, true);
        if ($status !== 201) {
            $error = is_array($answer) ? $answer['error'] ?? [] : [];
            throw new PortalRefused($status, $error['code'] ?? curl_error($call), $error['request_id'] ?? '');
        }
        return $answer['data']['ticket']['id'];
    }

    private static function json(array $content): string
    {
        return json_encode($content, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE);
    }

    private static function base64url(string $bytes): string
    {
        return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    }
}

/** The help desk took no ticket. The reference is for the customer, the rest for your log. */
final class PortalRefused extends RuntimeException
{
    public function __construct(int $status, string $reason, public readonly string $reference)
    {
        parent::__construct("The help desk answered {$status} {$reason} {$reference}");
    }
}
