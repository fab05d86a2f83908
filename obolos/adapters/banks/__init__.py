"""Acquiring banks: each module speaks one bank's protocol and answers in the words of `contract`."""
