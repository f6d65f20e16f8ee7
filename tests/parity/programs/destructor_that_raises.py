class Bad:
    def __del__(self):
        raise ValueError("from del")


bad = Bad()
print("end")
