<h1>Welcome</h1>
@auth
<p>You are logged in as {{ auth()->user()->name }}, {{ auth()->user()->email }}.</p>
@else
<p>You are not logged in. <a href="/login">Log in</a></p>
@endauth
