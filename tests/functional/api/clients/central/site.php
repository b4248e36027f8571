<?php
// What the vendor's samples take for granted: a site with a login and a table of its users.
// Loaded before every page of it.

function getUserById(int $id): array
{
    return [7 => ['email' => 'cleo@customer.test', 'name' => 'Cleo Customer']][$id];
}
