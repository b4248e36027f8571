<?php

namespace App\Services;

use RuntimeException;

/** The help desk took no ticket. The reference is for the customer, the message for your log. */
class PortalRefused extends RuntimeException
{
    public function __construct(int $status, string $reason, public readonly string $reference = '')
    {
        parent::__construct("The help desk answered {$status} {$reason} {$reference}");
    }
}
