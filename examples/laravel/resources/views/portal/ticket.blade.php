<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Ask support</title>
</head>
<body>
<h1>Ask support</h1>
@if (session('opened'))
<p role="status">Ticket {{ session('opened') }} is open.
  <a href="{{ route('portal.support', ['redirect_url' => '/tickets/' . session('opened')]) }}">Follow it</a></p>
@endif
@if (session()->has('refused'))
<p role="alert">The help desk could not take this. @if (session('refused')) Reference {{ session('refused') }} @endif</p>
@endif
@foreach ($errors->all() as $error)
<p role="alert">{{ $error }}</p>
@endforeach
<form method="post" action="/ticket">
  @csrf
  <input type="hidden" name="form_id" value="{{ old('form_id', $formId) }}">
  <label>Subject <input name="title" maxlength="200" required value="{{ old('title') }}"></label>
  <label>What happened? <textarea name="description" rows="6" required>{{ old('description') }}</textarea></label>
  <button>Send</button>
</form>
</body>
</html>
