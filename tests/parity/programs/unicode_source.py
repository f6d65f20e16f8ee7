# Acentos e símbolos
nome = "ação"
print(nome, "€", "😀", repr("\ud800"), ascii(nome))
print(f"{nome!r:>10}")
