"""Operations on global tables, and what other regions ask of this one about replicas."""
