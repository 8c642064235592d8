"""What every aggregate builds on: identifiers, money, prices, events, rejections."""
