"""What arms of experiments have reached, out of recorded feedback."""
