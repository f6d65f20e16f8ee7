def numbers():
    try:
        yield 1
    finally:
        print("generator closed")


generator = numbers()
print(next(generator))
