<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>You have left the help desk</title>
</head>
<body>
<h1>You have left the help desk</h1>
@auth
<p>Here you are still logged in as {{ auth()->user()->name }}.</p>
<form method="post" action="/logout">
  @csrf
  <button>Log out here too</button>
</form>
@endauth
<p><a href="{{ route('portal.support') }}">Back to the help desk</a></p>
</body>
</html>
