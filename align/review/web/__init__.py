"""The review page: its server side, and in `static` what the browser is given."""
