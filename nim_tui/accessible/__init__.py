"""The games as lines and questions, for people who do not see the screen, for pipes and for CI.

Every line is a sentence or has a label. Nothing is drawn, nothing is drawn again, no colour and no
symbol carries a meaning, and a dumb terminal suffices. No module here imports Textual.
"""
