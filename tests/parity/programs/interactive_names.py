print(exit, quit, copyright is not None, help)
exit(5)
