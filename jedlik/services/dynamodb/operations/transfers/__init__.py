"""Operations that export tables to buckets and import them."""
