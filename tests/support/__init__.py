"""What tests of every kind share: databases, running stacks, browsers."""
