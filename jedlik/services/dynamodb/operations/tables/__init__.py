"""Operations on tables and what belongs to them: tags, policies, time to live."""
