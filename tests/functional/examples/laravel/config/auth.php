<?php

return [
    'defaults' => ['guard' => 'web', 'passwords' => 'users'],
    'guards' => ['web' => ['driver' => 'session', 'provider' => 'customers']],
    'providers' => ['customers' => ['driver' => 'customers']],
    'passwords' => [],
];
