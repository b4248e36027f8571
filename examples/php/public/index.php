<?php
// A tiny company site whose customers are signed in to the help desk already.

declare(strict_types=1);

require __DIR__ . '/../portal.php';
require __DIR__ . '/../pages.php';

// REPLACE THIS by your own accounts and your own login.
const CUSTOMERS = [
    '1001' => ['id' => '1001', 'email' => 'cleo@customer.test', 'name' => 'Cleo Customer'],
    '1002' => ['id' => '1002', 'email' => 'marta@northwind.example', 'name' => 'Marta Lindqvist'],
];

try {
    $portal = Portal::fromEnvironment();
} catch (RuntimeException $problem) {
    error_log($problem->getMessage());
    http_response_code(500);
    exit('This site is not set up yet. Its log says what is missing.');
}

header("Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; "
    . "form-action 'self' {$portal->callbackUrl}; frame-ancestors 'none'; base-uri 'none'");
header('Referrer-Policy: no-referrer');
header('X-Content-Type-Options: nosniff');
header('Cache-Control: no-store'); // pages show who is logged in, and one holds a token

session_start([
    'name' => 'site_session',
    'cache_limiter' => '', // the header above is enough
    'use_strict_mode' => true,
    'cookie_httponly' => true,
    'cookie_samesite' => 'Lax',
    'cookie_secure' => getenv('SITE_HTTPS') === '1',
]);
$_SESSION['csrf'] ??= bin2hex(random_bytes(16));
$customer = CUSTOMERS[$_SESSION['customer'] ?? ''] ?? null;

$method = $_SERVER['REQUEST_METHOD'] === 'HEAD' ? 'GET' : $_SERVER['REQUEST_METHOD'];
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($method === 'POST' && !hash_equals($_SESSION['csrf'], field($_POST, 'csrf'))) {
    http_response_code(403);
    exit(problem_page('The form was too old, or came from another site. Nothing was done.'));
}

switch ("{$method} {$path}") {
    case 'GET /':
        $opened = $_SESSION['opened'] ?? null;
        unset($_SESSION['opened']);
        echo home_page($customer, $opened);
        break;

    case 'GET /login':
        echo login_page(CUSTOMERS, local_path(field($_GET, 'next')));
        break;

    case 'POST /login':
        $id = field($_POST, 'customer');
        if (isset(CUSTOMERS[$id])) {
            session_regenerate_id(true); // a session from before the login is worth nothing after it
            $_SESSION = ['customer' => $id];
        }
        go(local_path(field($_POST, 'next')));
        break;

    case 'POST /logout':
        session_destroy();
        go('/');
        break;

    // The help desk's "remote login URL". It adds redirect_url, where the customer wanted to be, and
    // callback_api and tenant, which are not read: where tokens go is a setting, not a parameter.
    case 'GET /support':
        $customer ??= log_in_first();
        // The token travels in a form that sends itself. In an address (303 to …?token=) it would
        // work too, but would also be in the browser's history and in every log on the way.
        echo handover_page($portal->callbackUrl, $portal->signInToken($customer, field($_GET, 'redirect_url')));
        break;

    case 'GET /ticket':
        $customer ??= log_in_first();
        echo ticket_page(['form_id' => bin2hex(random_bytes(16))]);
        break;

    case 'POST /ticket':
        $customer ??= log_in_first();
        $form = [
            'title' => field($_POST, 'title'),
            'description' => field($_POST, 'description'),
            'form_id' => field($_POST, 'form_id'),
        ];
        if (!ctype_xdigit($form['form_id'])) {
            $form['form_id'] = bin2hex(random_bytes(16)); // it becomes a header: only what we made
        }
        try {
            $number = $portal->openTicket($customer, $form['title'], $form['description'], $form['form_id']);
        } catch (PortalRefused $refused) {
            error_log($refused->getMessage());
            http_response_code(502);
            echo ticket_page($form, $refused->reference);
            break;
        }
        $_SESSION['opened'] = $number;
        go('/');
        break;

    // The help desk's "remote logout URL": the customer has left the help desk, but not this site.
    case 'GET /signed-out':
        echo signed_out_page($customer);
        break;

    default:
        http_response_code(404);
        echo problem_page('There is no page at this address.');
}

/** A parameter as text. PHP makes arrays of `name[]=`, and nothing here expects one. */
function field(array $from, string $name): string
{
    return is_string($from[$name] ?? null) ? $from[$name] : '';
}

/** A path of this site, or the home page. "//host" and "/\host" would lead elsewhere. */
function local_path(string $path): string
{
    return preg_match('~^/(?![/\\\\])[!-\[\]-\~]*$~D', $path) ? $path : '/';
}

function log_in_first(): never
{
    go('/login?next=' . rawurlencode($_SERVER['REQUEST_URI']));
}

function go(string $path): never
{
    header("Location: {$path}", true, 303);
    exit;
}
