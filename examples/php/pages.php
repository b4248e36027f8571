<?php
// What there is to see. Everything that is not written here goes through e().

declare(strict_types=1);

function e(string|int $text): string
{
    return htmlspecialchars((string) $text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

function page(string $title, string $content): string
{
    $title = e($title);
    return <<<HTML
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{$title} · Acme Audio</title>
        <link rel="stylesheet" href="/site.css">
        </head>
        <body>
        <header><a href="/">Acme Audio</a> <a href="/support">Support</a></header>
        <main>
        <h1>{$title}</h1>
        {$content}
        </main>
        </body>
        </html>

        HTML;
}

function csrf(): string
{
    return '<input type="hidden" name="csrf" value="' . e($_SESSION['csrf']) . '">';
}

function home_page(?array $customer, ?int $opened): string
{
    if ($customer === null) {
        return page('Welcome', '<p>You are not logged in.</p><p><a class="button" href="/login">Log in</a></p>');
    }
    $notice = '';
    if ($opened !== null) {
        $link = e('/support?redirect_url=' . rawurlencode("/tickets/{$opened}"));
        $notice = '<p class="notice" role="status">Ticket ' . e($opened) . " is open. <a href=\"{$link}\">Follow it</a></p>";
    }
    return page('Welcome', $notice
        . '<p>You are logged in as ' . e($customer['name']) . ', ' . e($customer['email']) . '.</p>'
        . '<p><a class="button" href="/support">Go to the help desk</a> <a class="button" href="/ticket">Ask support</a></p>'
        . '<form method="post" action="/logout">' . csrf() . '<button>Log out</button></form>');
}

function login_page(array $customers, string $next): string
{
    $buttons = '';
    foreach ($customers as $customer) {
        $buttons .= '<button name="customer" value="' . e($customer['id']) . '">Log in as ' . e($customer['name']) . '</button> ';
    }
    return page('Log in', '<p>This sample asks for no password. Your own login goes here.</p>'
        . '<form method="post" action="/login">' . csrf()
        . '<input type="hidden" name="next" value="' . e($next) . '">' . $buttons . '</form>');
}

function handover_page(string $callbackUrl, string $token): string
{
    return page('One moment', '<form id="handover" method="post" action="' . e($callbackUrl) . '">'
        . '<input type="hidden" name="token" value="' . e($token) . '">'
        . '<button>Continue to the help desk</button></form><script src="/handover.js"></script>');
}

function ticket_page(array $form, ?string $reference = null): string
{
    $alert = '';
    if ($reference !== null) {
        $alert = '<p class="alert" role="alert">The help desk could not take this.'
            . ($reference === '' ? '' : ' Reference ' . e($reference)) . '</p>';
    }
    return page('Ask support', $alert . '<form method="post" action="/ticket">' . csrf()
        . '<input type="hidden" name="form_id" value="' . e($form['form_id']) . '">'
        . '<label>Subject <input name="title" maxlength="200" required value="' . e($form['title'] ?? '') . '"></label>'
        . '<label>What happened? <textarea name="description" rows="6" required>' . e($form['description'] ?? '') . '</textarea></label>'
        . '<button>Send</button></form>');
}

function signed_out_page(?array $customer): string
{
    return page('You have left the help desk', ($customer === null
        ? '<p>You are not logged in here either.</p>'
        : '<p>Here you are still logged in as ' . e($customer['name']) . '.</p>'
            . '<form method="post" action="/logout">' . csrf() . '<button>Log out here too</button></form>')
        . '<p><a href="/support">Back to the help desk</a></p>');
}

function problem_page(string $sentence): string
{
    return page('That did not work', '<p>' . e($sentence) . '</p>');
}
