<h1>Log in</h1>
<form method="post" action="/login">
  @csrf
  @foreach ($customers as $customer)
  <button name="customer" value="{{ $customer['id'] }}">Log in as {{ $customer['name'] }}</button>
  @endforeach
</form>
