"""`jedlik model`: checks of data models, beside traffic too."""
