<?php

// The help desk as this site knows it. What is secret stands in .env, and nowhere else.

return [
    'url' => env('PORTAL_URL'),
    // Where signed-in customers are sent. It is a setting: never take it from a request.
    'callback_url' => env('PORTAL_CALLBACK_URL'),
    'tenant' => env('PORTAL_TENANT'),
    'key_id' => env('PORTAL_KEY_ID'),
    'signing_key' => env('PORTAL_SIGNING_KEY'),
    'api_key' => env('PORTAL_API_KEY'),
    'api_secret' => env('PORTAL_API_SECRET'),
];
