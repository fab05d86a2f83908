"""E-mail and SMS to people. Renders and hands over; knows no database and decides nothing about whom to tell or when."""
