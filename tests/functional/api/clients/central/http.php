<?php
// As much of Laravel's HTTP client as the samples use, for machines without Laravel. Like Guzzle
// below it, it follows redirects (a 302 after a POST becomes a GET) and takes its headers along.

final class HttpAnswer
{
    public function __construct(
        private int $status,
        private array $headers,
        private string $body,
    ) {
    }

    public function redirect(): bool
    {
        return $this->status >= 300 && $this->status < 400;
    }

    public function header(string $name): string
    {
        return $this->headers[strtolower($name)] ?? '';
    }

    public function json(): mixed
    {
        return json_decode($this->body, true);
    }
}

final class Http
{
    private function __construct(private array $headers)
    {
    }

    public static function withHeaders(array $headers): self
    {
        return new self($headers);
    }

    public function post(string $url, array $body): HttpAnswer
    {
        $lines = [];
        foreach ($this->headers + ['Content-Type' => 'application/json'] as $name => $value) {
            $lines[] = "$name: $value";
        }
        $found = [];
        $call = curl_init($url);
        curl_setopt_array($call, [
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_POST => true,
            CURLOPT_HTTPHEADER => $lines,
            CURLOPT_POSTFIELDS => json_encode($body),
            CURLOPT_FOLLOWLOCATION => true,
            CURLOPT_HEADERFUNCTION => function ($call, string $line) use (&$found): int {
                if (str_starts_with($line, 'HTTP/')) {
                    $found = [];
                }
                if (str_contains($line, ':')) {
                    [$name, $value] = explode(':', $line, 2);
                    $found[strtolower($name)] = trim($value);
                }
                return strlen($line);
            },
        ]);
        $text = curl_exec($call);
        return new HttpAnswer(curl_getinfo($call, CURLINFO_HTTP_CODE), $found, $text);
    }
}
