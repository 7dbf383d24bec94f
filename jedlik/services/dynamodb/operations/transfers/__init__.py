"""Operations that take tables to buckets and bring them back."""
