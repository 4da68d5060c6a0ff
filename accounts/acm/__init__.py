"""Sign-on of the Flemish government (ACM/IDM, OpenID Connect): who is sent there, what of the
answer is believed, and what becomes of it here (ADR 34).

The road is django-allauth's. Ours is what it leaves out (a nonce, the signature of the ID token,
keys that rotate), the claims, and the first sign-on.
"""
