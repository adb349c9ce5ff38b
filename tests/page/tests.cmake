# The operators' page in Chromium.
kurir_python_tests(page 2)
