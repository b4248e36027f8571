<?php

namespace App\Services;

use Illuminate\Contracts\Auth\Authenticatable;
use Illuminate\Http\Client\ConnectionException;
use Illuminate\Support\Facades\Http;
use RuntimeException;

/**
 * Signs customers in to the help desk and opens tickets for them.
 *
 * Laravel makes one wherever a controller asks for it. Its settings are in config/portal.php.
 */
class Portal
{
    /** The browser brings the token over at once: two minutes forgive a clock that is a little off. */
    private const TOKEN_SECONDS = 120;

    private array $settings;

    /** @throws RuntimeException with a sentence that names what is missing */
    public function __construct()
    {
        $this->settings = array_map(fn ($value): string => trim((string) $value), config('portal'));
        $missing = array_diff(array_keys($this->settings, ''), ['key_id']);
        if ($missing !== []) {
            $names = array_map(fn (string $key): string => 'PORTAL_' . strtoupper($key), $missing);
            throw new RuntimeException('Not set in the environment: ' . implode(', ', $names) . '. See .env.example.');
        }
        // Whoever reads a token on its way can use it first.
        if (! preg_match('~^https://|^http://(localhost|127\.0\.0\.1)[:/]~', $this->callbackUrl())) {
            throw new RuntimeException('PORTAL_CALLBACK_URL must begin with https:// (except on localhost).');
        }
    }

    public function callbackUrl(): string
    {
        return $this->settings['callback_url'];
    }

    /**
     * A JSON Web Token (RFC 7519) that signs this customer in, once, within two minutes.
     *
     * Make it at the click, and only for an e-mail address that you have verified: the help desk
     * believes you. $redirectUrl may come from a request as it is. The help desk opens only its own
     * pages and those its settings list, and the signature keeps it from being changed on the way.
     */
    public function signInToken(Authenticatable $customer, string $redirectUrl = ''): string
    {
        $header = array_filter(['alg' => 'HS256', 'typ' => 'JWT', 'kid' => $this->settings['key_id']]);
        $claims = [
            'email' => $customer->email,
            'name' => $customer->name,
            'external_user_id' => (string) $customer->getAuthIdentifier(),
            'tenant' => $this->settings['tenant'],
            'iat' => time(),
            'exp' => time() + self::TOKEN_SECONDS,
            'jti' => bin2hex(random_bytes(16)), // never the same twice: it makes the token work once
        ];
        if ($redirectUrl !== '') {
            $claims['redirect_url'] = $redirectUrl;
        }
        $signed = $this->base64url($this->json($header)) . '.' . $this->base64url($this->json($claims));

        return $signed . '.' . $this->base64url(
            hash_hmac('sha256', $signed, $this->settings['signing_key'], true)
        );
    }

    /**
     * Opens a ticket in the customer's name and gives its number.
     *
     * $idempotencyKey is one for each form that was shown: a form sent twice opens one ticket.
     *
     * @throws PortalRefused when the help desk says no, or nothing
     */
    public function openTicket(
        Authenticatable $customer,
        string $title,
        string $description,
        string $idempotencyKey,
    ): int {
        try {
            $response = Http::timeout(30)
                ->withOptions(['allow_redirects' => false]) // the secret goes to the configured address only
                ->acceptJson()
                ->withHeaders([
                    'X-API-Key' => $this->settings['api_key'],
                    'X-API-Secret' => $this->settings['api_secret'],
                    'Idempotency-Key' => $idempotencyKey,
                ])
                ->post(rtrim($this->settings['url'], '/') . '/api/v2/tickets', [
                    'email' => $customer->email,
                    'name' => $customer->name,
                    'external_user_id' => (string) $customer->getAuthIdentifier(),
                    'title' => $title,
                    'description' => $description,
                ]);
        } catch (ConnectionException $broken) {
            throw new PortalRefused(0, $broken->getMessage());
        }
        if ($response->status() !== 201) {
            throw new PortalRefused(
                $response->status(),
                (string) $response->json('error.code'),
                (string) $response->json('error.request_id'),
            );
        }

        return $response->json('data.ticket.id');
    }

    private function json(array $content): string
    {
        return json_encode($content, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE);
    }

    private function base64url(string $bytes): string
    {
        return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    }
}
