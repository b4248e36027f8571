<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>One moment</title>
</head>
<body>
<h1>One moment</h1>
<form id="handover" method="post" action="{{ $callbackUrl }}">
  <input type="hidden" name="token" value="{{ $token }}">
  <button>Continue to the help desk</button>
</form>
<script src="/portal/handover.js"></script>
</body>
</html>
