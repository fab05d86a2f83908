"""E-mail and SMS to people. Renders and hands over; decides nothing about whom to tell or when, keeps nothing."""
