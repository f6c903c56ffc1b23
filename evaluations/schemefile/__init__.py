"""Scheme files: what a scheme may say (``schema``, ``methods``) and how a file is read (``reading``)."""
