<?php
// Says what is missing before the server starts.

declare(strict_types=1);

require __DIR__ . '/portal.php';

try {
    Portal::fromEnvironment();
} catch (RuntimeException $problem) {
    fwrite(STDERR, $problem->getMessage() . "\n");
    exit(1);
}
