def up_to(n):
    return ", ".join(str(i) for i in range(1, n + 1))
