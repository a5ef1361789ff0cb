"""What TensorFlow gives for small programs, and the means to compare pyten with it."""
