"""`python -m jedlik`: the same as the command `jedlik`."""

from jedlik.cli import main

if __name__ == "__main__":
    main()
