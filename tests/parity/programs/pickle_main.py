import pickle


class Thing:
    def __init__(self, value):
        self.value = value


print(pickle.loads(pickle.dumps(Thing(3))).value, Thing.__module__)
