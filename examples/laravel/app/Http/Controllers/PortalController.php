<?php

namespace App\Http\Controllers;

use App\Services\Portal;
use App\Services\PortalRefused;
use Illuminate\Http\RedirectResponse;
use Illuminate\Http\Request;
use Illuminate\Http\Response;
use Illuminate\Support\Facades\Log;
use Illuminate\Support\Str;

/** The way from this site to the help desk. The routes are in routes/portal.php. */
class PortalController
{
    public function __construct(private readonly Portal $portal)
    {
    }

    /**
     * The help desk's "remote login URL".
     *
     * It adds redirect_url, where the customer wanted to be, and callback_api and tenant, which are
     * not read: where tokens go is a setting, not a parameter.
     */
    public function support(Request $request): Response
    {
        $wanted = $request->query('redirect_url');
        $token = $this->portal->signInToken($request->user(), is_string($wanted) ? $wanted : '');

        // The token travels in a form that sends itself. In an address (303 to …?token=) it would
        // work too, but would also be in the browser's history and in every log on the way.
        return response()
            ->view('portal.handover', ['callbackUrl' => $this->portal->callbackUrl(), 'token' => $token])
            ->withHeaders(['Cache-Control' => 'no-store', 'Referrer-Policy' => 'no-referrer']);
    }

    public function ticketForm(): Response
    {
        return response()->view('portal.ticket', ['formId' => Str::uuid()]);
    }

    public function openTicket(Request $request): RedirectResponse
    {
        $form = $request->validate([
            'title' => ['required', 'string', 'max:200'],
            'description' => ['required', 'string', 'max:20000'],
            'form_id' => ['required', 'uuid'],
        ]);
        try {
            $number = $this->portal->openTicket(
                $request->user(), $form['title'], $form['description'], $form['form_id'],
            );
        } catch (PortalRefused $refused) {
            Log::error($refused->getMessage());

            return redirect()->route('portal.ticket')->withInput()->with('refused', $refused->reference);
        }

        return redirect()->route('portal.ticket')->with('opened', $number);
    }

    /** The help desk's "remote logout URL": the customer has left the help desk, but not this site. */
    public function signedOut(): Response
    {
        return response()->view('portal.signed-out');
    }
}
