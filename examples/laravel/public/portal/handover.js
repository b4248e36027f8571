// Without JavaScript the customer presses the button.
document.getElementById("handover").submit();
