"""Operations on Kinesis streaming destinations."""
