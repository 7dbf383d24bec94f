"""Operations on backups, point-in-time recovery and restores."""
