"""Operations on tables and their tags, policies and time to live."""
