<?php
// The site's own login. Nobody needs a password here.
session_start();
$_SESSION['user_id'] = 7;
